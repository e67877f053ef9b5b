import {
  AmbientLight,
  AnimationMixer,
  Box3,
  DirectionalLight,
  Group,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { type GLTF, GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";

const TURN = 0.15;
const ZOOM = 1.12;

/** A head in 3D that can be turned with mouse, fingers and keys, and moves as the person did. */
export class HeadViewer {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(30, 1, 0.001, 1000);
  private readonly controls: OrbitControls;
  private lastMs = 0;
  private readonly observer: ResizeObserver;
  private mixer: AnimationMixer | null = null;
  private shown: Group | null = null;
  private playing = false;
  private closed = false;

  /** @throws Error where the browser draws no WebGL */
  constructor(private readonly parent: HTMLElement) {
    this.renderer = new WebGLRenderer({ antialias: true, alpha: true });
    parent.append(this.renderer.domElement);
    this.scene.add(new AmbientLight(0xffffff, 1.1));
    for (const [x, y, z, strength] of [
      [1, 1, 2, 1.9],
      [-2, 0.5, 1, 0.7],
    ] as const) {
      const light = new DirectionalLight(0xffffff, strength);
      light.position.set(x, y, z);
      this.scene.add(light);
    }
    this.controls = new OrbitControls(this.camera, this.renderer.domElement);
    this.controls.enablePan = false;
    this.controls.addEventListener("change", () => this.draw());
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(parent);
    parent.addEventListener("keydown", this.onKey);
  }

  /** @returns whether the head moves */
  async show(url: string): Promise<boolean> {
    const loaded: GLTF = await new GLTFLoader().loadAsync(url);
    if (this.closed) return false;
    if (this.shown) this.scene.remove(this.shown);
    this.shown = loaded.scene;
    this.scene.add(loaded.scene);
    const box = new Box3().setFromObject(loaded.scene);
    const centre = box.getCenter(new Vector3());
    const size = box.getSize(new Vector3()).length();
    this.camera.position.set(centre.x, centre.y, centre.z + 1.7 * size);
    this.camera.near = size / 100;
    this.camera.far = size * 20;
    this.controls.target.copy(centre);
    this.controls.minDistance = size;
    this.controls.maxDistance = 4 * size;
    this.mixer = null;
    if (loaded.animations.length) {
      this.mixer = new AnimationMixer(loaded.scene);
      this.mixer.clipAction(loaded.animations[0]!).play();
      this.mixer.setTime(0);
    }
    this.resize();
    return loaded.animations.length > 0;
  }

  play(on: boolean): void {
    if (on === this.playing) return;
    this.playing = on;
    this.lastMs = performance.now();
    this.renderer.setAnimationLoop(
      on
        ? () => {
            const now = performance.now();
            this.mixer?.update((now - this.lastMs) / 1000);
            this.lastMs = now;
            this.draw();
          }
        : null,
    );
  }

  close(): void {
    this.closed = true;
    this.play(false);
    this.observer.disconnect();
    this.parent.removeEventListener("keydown", this.onKey);
    this.controls.dispose();
    this.renderer.dispose();
    this.renderer.domElement.remove();
  }

  private readonly onKey = (event: KeyboardEvent): void => {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const turn = { ArrowLeft: [-TURN, 0], ArrowRight: [TURN, 0], ArrowUp: [0, -TURN], ArrowDown: [0, TURN] }[event.key];
    if (turn) {
      const polar = Math.min(Math.max(Math.acos(offset.y / offset.length()) + turn[1]!, 0.2), Math.PI - 0.2);
      const around = Math.atan2(offset.x, offset.z) + turn[0]!;
      offset.setFromSphericalCoords(offset.length(), polar, around);
    } else if (event.key === "+" || event.key === "-") {
      offset.multiplyScalar(event.key === "+" ? 1 / ZOOM : ZOOM);
    } else return;
    event.preventDefault();
    this.camera.position.copy(this.controls.target).add(offset);
    this.controls.update();
    this.draw();
  };

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.parent;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.camera.aspect = width / height;
    this.camera.updateProjectionMatrix();
    this.controls.update();
    this.draw();
  }

  private draw(): void {
    this.renderer.render(this.scene, this.camera);
  }
}
