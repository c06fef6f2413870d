/** How a picture lies in a window of Cornerstone3D: told when it changes, and put as a leader has it. */
import { Enums, metaData, type StackViewport, type Types } from "@cornerstonejs/core";
import { hundredth, type Point } from "./marks";
import { toBody, toPicture, type Plane } from "./model";
import { holding, type Look } from "./together";

const HOLDS = ["pointerdown", "pointerup", "pointercancel", "pointerleave"] as const;

export class Looking {
  private wanted: Look | undefined;
  private held = false;
  private readonly host: HTMLElement;
  private readonly viewport: StackViewport;
  private readonly told: (look: Look, byHand: boolean) => void;

  constructor(host: HTMLElement, viewport: StackViewport, told: (look: Look, byHand: boolean) => void) {
    this.host = host;
    this.viewport = viewport;
    this.told = told;
    host.addEventListener(Enums.Events.CAMERA_MODIFIED, this.changed);
    for (const kind of HOLDS) host.addEventListener(kind, this.holds, { capture: true });
  }

  end(): void {
    this.host.removeEventListener(Enums.Events.CAMERA_MODIFIED, this.changed);
    for (const kind of HOLDS) this.host.removeEventListener(kind, this.holds, { capture: true });
  }

  /** Shows what a leader sees, in a window of any size; undefined: stays, and is the reader's own. */
  put(wanted: Look | undefined): void {
    this.wanted = wanted;
    const now = wanted && this.lies();
    if (!now) return;
    const [width] = holding(wanted.extent_mm, now.extent_mm[0] / now.extent_mm[1]);
    this.viewport.setZoom((this.viewport.getZoom() * now.extent_mm[0]) / width);
    const { focalPoint = [0, 0, 0], position = [0, 0, 0] } = this.viewport.getCamera();
    const focus = toBody(planeOf(this.shown), wanted.focus);
    const moved = position.map((part, axis) => part + (focus[axis] ?? 0) - (focalPoint[axis] ?? 0));
    this.viewport.setCamera({ focalPoint: focus, position: moved as Types.Point3 });
    this.viewport.render();
  }

  /** Another picture, or another size of the window. */
  again(): void {
    if (this.wanted) this.put(this.wanted);
    else this.moved(false);
  }

  /** Tells how the picture lies now. */
  moved(byHand: boolean): void {
    if (byHand) this.wanted = undefined;
    const look = this.lies();
    if (look) this.told(look, byHand);
  }

  /** A place of the window in pixels of the picture. */
  pictureAt(at: Point): Point {
    return toPicture(planeOf(this.shown), this.viewport.canvasToWorld(at));
  }

  /** And back. */
  windowAt(at: Point): Point {
    return this.viewport.worldToCanvas(toBody(planeOf(this.shown), at));
  }

  private get shown(): string {
    return this.viewport.getCurrentImageId();
  }

  private lies(): Look | undefined {
    const { clientWidth: width, clientHeight: height } = this.host;
    if (!this.shown || !width || !height) return undefined;
    const [corner, right, below] = [[0, 0], [width, 0], [0, height]].map((at) => this.viewport.canvasToWorld(at as Point));
    if (!corner || !right || !below) return undefined;
    const mm = (to: Types.Point3): number => Math.hypot(...to.map((part, axis) => part - (corner[axis] ?? 0)));
    const [x, y] = this.pictureAt([width / 2, height / 2]);
    const look: Look = { focus: [hundredth(x), hundredth(y)], extent_mm: [hundredth(mm(right)), hundredth(mm(below))] };
    return [...look.focus, ...look.extent_mm].every(Number.isFinite) && Math.min(...look.extent_mm) > 0 ? look : undefined;
  }

  private readonly changed = (): void => this.moved(this.held);

  private readonly holds = (event: Event): void => {
    this.held = event.type === "pointerdown";
  };
}

/** Where a picture lies in the body; one that does not say lies in a plane of its own. */
export function planeOf(image: string): Plane {
  const told = (metaData.get("imagePlaneModule", image) ?? {}) as Partial<Types.ImagePlaneModule>;
  return {
    origin: told.imagePositionPatient ?? [0, 0, 0], row: told.rowCosines ?? [1, 0, 0], column: told.columnCosines ?? [0, 1, 0],
    columnMm: told.columnPixelSpacing || 1, rowMm: told.rowPixelSpacing || 1,
  };
}
