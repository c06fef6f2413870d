/** Cornerstone3D, at arm's length: the one file that knows it. A `Pane` shows one stack and takes what is drawn on it. */
import {
  cache, Enums, eventTarget, getRenderingCapabilities, imageLoader, init as initCore, RenderingEngine, setUseCPURendering,
  utilities, type StackViewport, type Types,
} from "@cornerstonejs/core";
import loader, { wadors } from "@cornerstonejs/dicom-image-loader";
import {
  addTool, AngleTool, annotation as annotations, EllipticalROITool, Enums as ToolEnums, init as initTools, LengthTool, PanTool,
  StackScrollTool, ToolGroupManager, WindowLevelTool, ZoomTool, type Types as ToolTypes,
} from "@cornerstonejs/tools";
import { ahead, toBody, toPicture, type Slice, type Values } from "./model";
import { ellipseIn, hundredth, measuredOf, type Mark, type MarkKind, type Measured, type Point } from "./marks";
import { Looking, planeOf } from "./looking";
import { PinchTool } from "./pinch";
import { dark } from "../../ui/tokens";
import { hueOf, type Look } from "./together";

export type Tool = "turn" | "window" | "pan" | "zoom" | "length" | "angle" | "ellipse";

const KEPT_BYTES = 1 << 30;
/** Slices on their way at once, while none is looked for. */
const AT_ONCE = 4;
const WHEEL = ToolEnums.MouseBindings.Wheel;
const FIRST = ToolEnums.MouseBindings.Primary;
const SECOND = ToolEnums.MouseBindings.Secondary;
const MIDDLE = ToolEnums.MouseBindings.Auxiliary;

const NAMES: Record<Tool, string> = {
  turn: StackScrollTool.toolName, window: WindowLevelTool.toolName, pan: PanTool.toolName, zoom: ZoomTool.toolName,
  length: LengthTool.toolName, angle: AngleTool.toolName, ellipse: EllipticalROITool.toolName,
};
const MEASURES = ["length", "angle", "ellipse"] as const;
const KIND_OF = new Map<string, MarkKind>(MEASURES.map((kind) => [NAMES[kind], kind]));

let begun = false;

/** Makes ready what every pane needs; what is asked for again is there. */
export function begin(): void {
  if (begun) return;
  begun = true;
  initCore();
  // A graphics card that is none draws slower than the processor does without it
  const { webgl, softwareRasterizer } = getRenderingCapabilities();
  if (!webgl || softwareRasterizer) setUseCPURendering(true);
  initTools();
  loader.init({ maxWebWorkers: 2 });
  cache.setMaxCacheSize(KEPT_BYTES);
  [StackScrollTool, WindowLevelTool, PanTool, ZoomTool, LengthTool, AngleTool, EllipticalROITool, PinchTool].forEach((tool) => addTool(tool));
}

export interface Picture {
  study: string;
  series: string;
  slice: Slice;
  path: string;
}

export interface Heard {
  /** A slice is asked for; until `onShown` the last one stands. */
  onWanted(index: number): void;
  onShown(index: number): void;
  onFailed(index: number, status: number): void;
  onWindow(values: Values): void;
  /** Drawn or moved by hand; not told of what `mark` puts there. */
  onMark(mark: Mark): void;
  /** A mark while it is drawn or moved, with the figures of a moment ago. */
  onStroke(mark: Mark): void;
  /** How the picture lies in its window now; whether a hand moved it. */
  onLook(look: Look, byHand: boolean): void;
  /** The lines beside a measure, in the reader's language. */
  words(measured: Measured): string[];
}

let panes = 0;
const TOUCHES = ["touchstart", "touchend", "touchcancel"] as const;

type Annotation = ToolTypes.Annotation;

export class Pane {
  private readonly id = `pane-${(panes += 1)}`;
  private readonly host: HTMLDivElement;
  private readonly heard: Heard;
  private readonly engine: RenderingEngine;
  private readonly viewport: StackViewport;
  private readonly sizes: ResizeObserver;
  /** How the picture lies in its window. */
  readonly looking: Looking;
  private pictures: Picture[] = [];
  private ids: string[] = [];
  private index = 0;
  private direction: 1 | -1 = 1;
  private fetching = 0;
  private ended = false;
  private quiet = false;
  private settling = false;
  private own: Values | undefined;
  private values: Values | undefined;
  private readonly known = new Set<string>();
  private readonly untold = new Set<string>(); // drawn, and the page asks for its marks without it

  constructor(host: HTMLDivElement, heard: Heard) {
    begin();
    this.host = host;
    this.heard = heard;
    this.engine = new RenderingEngine(this.id);
    this.engine.enableElement({ viewportId: this.id, type: Enums.ViewportType.STACK, element: host });
    this.viewport = this.engine.getViewport(this.id) as StackViewport;
    this.looking = new Looking(host, this.viewport, (look, byHand) => heard.onLook(look, byHand));
    this.equip();
    host.addEventListener(Enums.Events.STACK_VIEWPORT_SCROLL, this.scrolled);
    host.addEventListener(Enums.Events.STACK_NEW_IMAGE, this.shown);
    host.addEventListener(Enums.Events.VOI_MODIFIED, this.windowed);
    eventTarget.addEventListener(Enums.Events.IMAGE_LOAD_ERROR, this.failed);
    eventTarget.addEventListener(ToolEnums.Events.ANNOTATION_COMPLETED, this.drawn);
    eventTarget.addEventListener(ToolEnums.Events.ANNOTATION_MODIFIED, this.moved);
    host.addEventListener("pointerup", this.released);
    for (const kind of TOUCHES) host.addEventListener(kind, this.touching, { capture: true, passive: true });
    this.sizes = new ResizeObserver(() => {
      this.engine.resize(true, true);
      this.looking.again();
    });
    this.sizes.observe(host);
  }

  private equip(): void {
    const group = ToolGroupManager.createToolGroup(this.id);
    if (!group) throw new Error("a pane has a tool group of its own");
    const getTextLines = (data: { label?: string; cachedStats?: Record<string, Record<string, unknown>> }): string[] =>
      [...this.heard.words(measuredOf(data.cachedStats)), ...(data.label ? [data.label] : [])];
    for (const tool of Object.keys(NAMES) as Tool[]) {
      group.addTool(NAMES[tool], KIND_OF.has(NAMES[tool]) ? { getTextLines } : {});
    }
    group.addTool(PinchTool.toolName);
    group.setToolActive(PinchTool.toolName, { bindings: [{ numTouchPoints: 2 }] });
    group.addViewport(this.id, this.id);
    this.use("turn");
  }

  /** Which tool the first button and one finger hold; the others keep wheel, second and middle button. */
  use(tool: Tool): void {
    const group = ToolGroupManager.getToolGroup(this.id);
    if (!group) return;
    for (const each of Object.keys(NAMES) as Tool[]) {
      const bindings: ToolTypes.IToolBinding[] = each === tool ? [{ mouseButton: FIRST }, { numTouchPoints: 1 }] : [];
      if (each === "turn") bindings.push({ mouseButton: WHEEL });
      if (each === "window") bindings.push({ mouseButton: SECOND });
      if (each === "pan") bindings.push({ mouseButton: MIDDLE });
      group.setToolPassive(NAMES[each], { removeAllBindings: true });
      if (bindings.length > 0) group.setToolActive(NAMES[each], { bindings });
    }
  }

  /** Shows a stack from one of its slices on; fetches the others behind it. */
  async show(pictures: Picture[], index: number): Promise<void> {
    this.pictures = pictures;
    this.ids = pictures.map(({ path }) => `wadors:${path}`);
    this.ids.forEach((id, at) => wadors.metaDataManager.add(id, pictures[at]?.slice.header as Parameters<typeof wadors.metaDataManager.add>[1]));
    this.index = index;
    const stands = this.viewport.getCurrentImageId() === this.ids[index] ? this.kept() : undefined;
    const set = this.viewport.setStack(this.ids, index);
    stands?.();
    await set.catch((fault: unknown) => {
      if (!this.ended) throw fault; // the pane was gone before its picture came
    });
    if (this.ended) return;
    this.own = ownOf(this.viewport.getCornerstoneImage());
    this.window(this.values);
    this.viewport.render();
    void this.fill();
  }

  /** What stands on the screen, to be put there again: a new stack blanks it, though it begins with the same picture. */
  private kept(): () => void {
    const canvas = this.viewport.getCanvas();
    const copy = document.createElement("canvas");
    [copy.width, copy.height] = [canvas.width, canvas.height];
    copy.getContext("2d")?.drawImage(canvas, 0, 0);
    return () => canvas.getContext("2d")?.drawImage(copy, 0, 0);
  }

  /** The window that the pictures bring along. */
  get ownWindow(): Values | undefined {
    return this.own;
  }

  go(index: number): void {
    if (index === this.index || !this.ids[index]) return;
    this.want(index);
    this.viewport.setImageIdIndex(index).catch(() => undefined); // told by IMAGE_LOAD_ERROR
  }

  /** Tries again what could not be fetched. */
  retry(): void {
    this.viewport.setImageIdIndex(this.index).catch(() => undefined); // told by IMAGE_LOAD_ERROR
    void this.fill();
  }

  /** Whether anything is fetched that is not looked at. */
  settle(settling: boolean): void {
    this.settling = settling;
    if (!settling) void this.fill();
  }

  window(values: Values | undefined): void {
    this.values = values;
    const wanted = values ?? this.own;
    if (!wanted) return;
    const { lower, upper } = utilities.windowLevel.toLowHighRange(wanted[1], wanted[0]);
    this.viewport.setProperties({ voiRange: { lower, upper } }, true);
    this.viewport.render();
  }

  zoomBy(factor: number): void {
    this.viewport.setZoom(this.viewport.getZoom() * factor);
    this.viewport.render();
    this.looking.moved(true);
  }

  /** The whole picture in its own window. */
  fit(): void {
    this.viewport.resetCamera();
    this.window(undefined);
    this.looking.moved(true);
  }

  /** Draws a measure through points of the pane, as a hand would have. */
  draw(kind: Exclude<MarkKind, "key">, at: Point[]): void {
    const id = this.ids[this.index];
    if (!id) return;
    const corners = kind === "ellipse" && at[0] && at[1] ? ellipseIn(at[0], at[1]) : at;
    const added = this.put(utilities.uuidv4(), kind, corners.map((point) => this.viewport.canvasToWorld(point)), id);
    this.known.add(added.annotationUID ?? "");
    this.tell(added);
  }

  /** Shows exactly these marks of this stack. */
  mark(marks: Mark[]): void {
    this.quiet = true;
    const wanted = new Map(marks.filter(({ kind }) => kind !== "key").map((one) => [one.id, one]));
    for (const id of this.known) if (!wanted.has(id) && !this.untold.has(id)) this.erase(id);
    for (const one of wanted.values()) this.place(one);
    this.quiet = false;
    this.viewport.render();
  }

  end(): void {
    this.ended = true;
    this.sizes.disconnect();
    this.looking.end();
    for (const id of this.known) this.erase(id);
    this.host.removeEventListener(Enums.Events.STACK_VIEWPORT_SCROLL, this.scrolled);
    this.host.removeEventListener(Enums.Events.STACK_NEW_IMAGE, this.shown);
    this.host.removeEventListener(Enums.Events.VOI_MODIFIED, this.windowed);
    this.host.removeEventListener("pointerup", this.released);
    for (const kind of TOUCHES) this.host.removeEventListener(kind, this.touching, { capture: true });
    eventTarget.removeEventListener(Enums.Events.IMAGE_LOAD_ERROR, this.failed);
    eventTarget.removeEventListener(ToolEnums.Events.ANNOTATION_COMPLETED, this.drawn);
    eventTarget.removeEventListener(ToolEnums.Events.ANNOTATION_MODIFIED, this.moved);
    ToolGroupManager.destroyToolGroup(this.id);
    // A picture that comes after the end is drawn by nobody: Cornerstone would look for the engine that is gone
    this.viewport.render = (): void => undefined;
    this.engine.destroy();
  }

  // ---- slices

  private want(index: number): void {
    this.direction = index > this.index ? 1 : -1;
    this.index = index;
    this.heard.onWanted(index);
    void this.fill();
  }

  private readonly scrolled = (event: Event): void => {
    const { newImageIdIndex } = (event as CustomEvent<{ newImageIdIndex: number }>).detail;
    if (newImageIdIndex !== this.index) this.want(newImageIdIndex);
  };

  private readonly shown = (event: Event): void => {
    this.looking.again();
    this.heard.onShown((event as CustomEvent<{ imageIdIndex: number }>).detail.imageIdIndex);
  };

  private readonly failed = (event: Event): void => {
    const { imageId, error } = (event as CustomEvent<{ imageId: string; error?: { status?: number; request?: { status?: number } } }>).detail;
    const at = this.ids.indexOf(imageId);
    if (at === this.index) this.heard.onFailed(at, error?.status ?? error?.request?.status ?? 0);
  };

  /** Fetches what is not there yet, nearest first, a few at once; looks anew after each what is nearest now. */
  private async fill(): Promise<void> {
    if (this.fetching >= AT_ONCE) return;
    this.fetching += 1;
    try {
      for (let next = this.nearest(); next && !this.ended && !this.settling; next = this.nearest()) {
        this.asked.add(next);
        if (this.fetching < AT_ONCE) void this.fill();
        // A neighbour that fails says so when it is the one looked at
        await imageLoader.loadAndCacheImage(next, { requestType: Enums.RequestType.Prefetch, priority: 0 }).catch(() => undefined);
      }
    } finally {
      this.fetching -= 1;
    }
  }

  private readonly asked = new Set<string>();

  private nearest(): string | undefined {
    const at = ahead(this.index, this.direction, this.ids.length).find((one) => !this.asked.has(this.ids[one] ?? ""));
    return at === undefined ? undefined : this.ids[at];
  }

  private readonly windowed = (event: Event): void => {
    const { range } = (event as CustomEvent<{ range?: { lower: number; upper: number } }>).detail;
    if (!range) return;
    const { windowCenter, windowWidth } = utilities.windowLevel.toWindowLevel(range.lower, range.upper);
    this.heard.onWindow([Math.round(windowCenter), Math.round(windowWidth)]);
  };

  // ---- marks

  private readonly drawn = (event: Event): void => {
    const { annotation } = (event as CustomEvent<{ annotation: Annotation }>).detail;
    if (!this.isOurs(annotation) || this.quiet) return;
    if (this.fingers > 1) {
      this.erase(annotation.annotationUID ?? ""); // the first of two fingers had begun it
      return;
    }
    this.known.add(annotation.annotationUID ?? "");
    this.tell(annotation);
  };

  private fingers = 0;

  private readonly touching = (event: TouchEvent): void => {
    this.fingers = event.touches.length;
  };

  private touched: Annotation | undefined;

  private readonly moved = (event: Event): void => {
    const { annotation, changeType } = (event as CustomEvent<{ annotation: Annotation; changeType?: string }>).detail;
    const byHand = changeType === ToolEnums.ChangeTypes.HandlesUpdated;
    if (byHand && !this.quiet && this.isOurs(annotation)) this.stroke(annotation);
    if (byHand && !this.quiet && this.isOurs(annotation) && this.known.has(annotation.annotationUID ?? "")) this.touched = annotation;
  };

  private readonly released = (): void => {
    const { touched } = this;
    this.touched = undefined;
    if (touched) this.tell(touched);
  };

  private isOurs({ metadata }: Annotation): boolean {
    return this.ids.includes(metadata?.referencedImageId ?? "");
  }


  /** Once its figures are reckoned, however long a busy machine takes to draw it; what is out of sight goes without them. */
  private tell(annotation: Annotation, waits = 60): void {
    this.untold.add(annotation.annotationUID ?? "");
    setTimeout(() => {
      const reckoned = !annotation.invalidated && Object.keys(figuresOf(annotation)).length > 0;
      if (reckoned || waits === 0 || this.ended) return this.told(annotation);
      this.viewport.render();
      this.tell(annotation, waits - 1);
    }, SETTLED_MS);
  }

  private stroke(annotation: Annotation): void {
    const mark = this.markOf(annotation);
    if (mark) this.heard.onStroke(mark);
  }

  private told(annotation: Annotation): void {
    this.untold.delete(annotation.annotationUID ?? "");
    const mark = this.markOf(annotation);
    if (mark && !this.ended) this.heard.onMark(mark);
  }

  private markOf(annotation: Annotation): Mark | undefined {
    const image = annotation.metadata?.referencedImageId ?? "";
    const picture = this.pictures[this.ids.indexOf(image)];
    const kind = KIND_OF.get(annotation.metadata?.toolName ?? "");
    if (!picture || !kind) return undefined;
    const points = (annotation.data.handles?.points ?? []).map((point) => toPicture(planeOf(image), point));
    return {
      id: annotation.annotationUID ?? "", kind, study: picture.study, series: picture.series, instance: picture.slice.id,
      frame: picture.slice.frame, points: points.map(([x, y]) => [hundredth(x), hundredth(y)]),
      measured: figuresOf(annotation),
    };
  }

  private place(mark: Mark): void {
    const at = this.pictures.findIndex(({ slice }) => slice.id === mark.instance && slice.frame === mark.frame);
    const image = this.ids[at];
    if (!image || mark.kind === "key") return;
    const points = mark.points.map((point) => toBody(planeOf(image), point) as Types.Point3);
    const there = annotations.state.getAnnotation(mark.id);
    if (!there) {
      this.put(mark.id, mark.kind, points, image);
    } else if (there !== this.touched && !this.untold.has(mark.id) && there.data.handles) {
      there.data.handles.points = points;
      there.invalidated = true;
    }
    this.known.add(mark.id);
    this.sign(mark);
  }

  /** Whose a mark is: the name below its figures, and their colour. */
  private sign({ id, by }: Mark): void {
    const there = annotations.state.getAnnotation(id);
    if (!there || !by || there.data.label === by) return;
    there.data.label = by;
    const color = dark[hueOf(by)];
    annotations.config.style.setAnnotationStyles(id, { color, textBoxColor: color });
  }

  private put(annotationUID: string, kind: Exclude<MarkKind, "key">, points: Types.Point3[], image: string): Annotation {
    const plane = this.viewport.getCamera();
    const textBox = { hasMoved: false, worldPosition: [0, 0, 0], worldBoundingBox: {} };
    const annotation = {
      annotationUID, highlighted: false, invalidated: true, isLocked: false, isVisible: true,
      metadata: {
        toolName: NAMES[kind], FrameOfReferenceUID: this.viewport.getFrameOfReferenceUID(), referencedImageId: image,
        viewPlaneNormal: plane.viewPlaneNormal, viewUp: plane.viewUp,
      },
      data: { label: "", cachedStats: {}, handles: { points, activeHandleIndex: null, textBox } },
    } as unknown as Annotation;
    annotations.state.addAnnotation(annotation, this.host);
    this.viewport.render();
    return annotation;
  }

  private erase(id: string): void {
    annotations.state.removeAnnotation(id);
    this.known.delete(id);
  }
}

/** Cornerstone reckons the figures of a measure when it next draws it, while it is moved at most each 100 ms. */
const SETTLED_MS = 150;

function ownOf(image: Types.IImage | undefined): Values | undefined {
  const first = (value: number | number[] | undefined): number | undefined => (Array.isArray(value) ? value[0] : value);
  const [centre, width] = [first(image?.windowCenter), first(image?.windowWidth)];
  return centre === undefined || width === undefined ? undefined : [centre, width];
}

const figuresOf = ({ data }: Annotation): Measured => measuredOf(data.cachedStats as Parameters<typeof measuredOf>[0]);
