import "./style.css";
import { livePage } from "./livePage";
document.body.append(livePage());
