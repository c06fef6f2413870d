/** Two fingers on a picture, as a tool of Cornerstone3D. */
import { getEnabledElement, type Types } from "@cornerstonejs/core";
import { BaseTool, type Types as ToolTypes } from "@cornerstonejs/tools";
import { pinched } from "./model";

/** Two fingers: what is between them stays between them, nearer or further away. */
export class PinchTool extends BaseTool {
  static override toolName = "Pinch";

  constructor() {
    super({}, { supportedInteractionTypes: ["Touch"] });
  }

  touchDragCallback({ detail }: ToolTypes.EventTypes.TouchDragEventType): void {
    const { element, currentPointsList, lastPointsList, currentPoints, lastPoints } = detail;
    const [before, now] = [apart(lastPointsList), apart(currentPointsList)];
    const viewport = getEnabledElement(element)?.viewport;
    if (!before || !now || !viewport) return;
    const { focalPoint = [0, 0, 0], position = [0, 0, 0], parallelScale = 1 } = viewport.getCamera();
    const by = now / before;
    const focus = pinched(focalPoint, lastPoints.world, currentPoints.world, by);
    const moved = position.map((part, axis) => part + (focus[axis] ?? 0) - (focalPoint[axis] ?? 0));
    viewport.setCamera({ parallelScale: parallelScale / by, focalPoint: focus as Types.Point3, position: moved as Types.Point3 });
    viewport.render();
  }
}

/** How far apart two fingers are on the screen; 0 for one. */
function apart([one, other]: { canvas: Types.Point2 }[]): number {
  return one && other ? Math.hypot(one.canvas[0] - other.canvas[0], one.canvas[1] - other.canvas[1]) : 0;
}
