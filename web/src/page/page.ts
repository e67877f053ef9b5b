/** What the router shows. */
export interface Page {
  title: string;
  content: HTMLElement;
  /** called when the page is left */
  leave?: () => void;
}
