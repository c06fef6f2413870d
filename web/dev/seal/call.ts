/** Two people in one page: A sends camera and microphone to B over a real connection. */
import { Sealing, type Report } from "../../src/parts/media/seal/index.ts";
import { watch } from "../../src/parts/media/seal/watch.ts";
import type { Harm } from "./tamper.ts";

export interface Wish {
  codec: string; // video/VP8
  // late: the transform is set a moment after the transceiver; open: none at either end; through: one that does nothing at both
  sends: "sealed" | "clear" | "late" | "open" | "through";
  harm?: Omit<Harm, "sender" | "track" | "key"> & { key: number[] };
}

export interface Seen {
  decoded: number; // pictures
  heard: number; // samples of sound that were not made up
  sent: number; // pictures that A's network got
  isLive: boolean; // A's camera
  leaked: number; // times that A's watch found clear frames
  a: Report | undefined;
  b: Report | undefined;
}

export class Call {
  private readonly from = new RTCPeerConnection();
  private readonly to = new RTCPeerConnection();
  private leaked = 0;
  private readonly reports: { a?: Report; b?: Report } = {};
  private camera: MediaStreamTrack | undefined;
  readonly a = new Sealing("a", (report) => (this.reports.a = report), fail);
  readonly b = new Sealing("b", (report) => (this.reports.b = report), fail);

  /** Connects both; false when the browser cannot encode the codec. `source`: instead of camera and microphone. */
  async start({ codec, sends, harm }: Wish, source?: MediaStream): Promise<boolean> {
    const codecs = RTCRtpSender.getCapabilities("video")?.codecs.filter(({ mimeType }) => mimeType.toLowerCase() === codec.toLowerCase()) ?? [];
    if (codecs.length === 0) return false;
    const media = source ?? await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 640, height: 360, frameRate: 20 } });
    const [camera, microphone] = [media.getVideoTracks()[0], media.getAudioTracks()[0]];
    if (!camera) throw new Error("no camera");
    this.camera = camera;
    this.join(sends);
    const video = harm ? this.harmed(camera, harm) : sends === "sealed" ? this.a.send(this.from, camera, "camera", this.leak).transceiver : this.unsealed(camera, sends);
    video.setCodecPreferences(codecs);
    if (microphone) this.a.send(this.from, microphone, "microphone", this.leak);
    await this.from.setLocalDescription();
    if (this.from.localDescription) await this.to.setRemoteDescription(this.from.localDescription);
    await this.to.setLocalDescription();
    if (this.to.localDescription) await this.from.setRemoteDescription(this.to.localDescription);
    return true;
  }

  async seen(): Promise<Seen> {
    const got = [...(await this.to.getStats()).values()].filter(({ type }) => type === "inbound-rtp");
    const video = got.find(({ kind }) => kind === "video"), audio = got.find(({ kind }) => kind === "audio");
    const out = [...(await this.from.getStats()).values()].find(({ type, kind }) => type === "outbound-rtp" && kind === "video");
    return {
      decoded: video?.framesDecoded ?? 0,
      heard: (audio?.totalSamplesReceived ?? 0) - (audio?.concealedSamples ?? 0),
      sent: out?.framesSent ?? 0,
      isLive: this.camera?.readyState === "live",
      leaked: this.leaked,
      ...{ a: this.reports.a, b: this.reports.b },
    };
  }

  end(): void {
    document.body.replaceChildren();
    this.from.close();
    this.to.close();
    this.camera?.stop();
    this.a.leave();
    this.b.leave();
  }

  private readonly leak = (): void => void (this.leaked += 1);

  private join(sends: Wish["sends"]): void {
    this.from.onicecandidate = ({ candidate }) => void this.to.addIceCandidate(candidate ?? undefined);
    this.to.onicecandidate = ({ candidate }) => void this.from.addIceCandidate(candidate ?? undefined);
    this.to.ontrack = ({ transceiver, track }) => {
      if (sends === "through") transceiver.receiver.transform = through();
      else if (sends !== "open") this.b.receive(transceiver, { sender: "a", track: track.kind === "video" ? "camera" : "microphone" });
      const shown = document.createElement(track.kind === "video" ? "video" : "audio");
      shown.srcObject = new MediaStream([track]);
      shown.muted = track.kind === "video";
      document.body.append(shown);
      void shown.play();
    };
  }

  /** As a page would that forgot the transform, or set it a moment too late. */
  private unsealed(camera: MediaStreamTrack, sends: Wish["sends"]): RTCRtpTransceiver {
    const transceiver = this.from.addTransceiver(camera, { direction: "sendonly" });
    if (sends === "through") transceiver.sender.transform = through();
    if (sends === "open" || sends === "through") return transceiver;
    const worker = new Worker(new URL("../../src/parts/media/seal/worker.ts", import.meta.url), { type: "module" });
    if (sends === "late") {
      setTimeout(() => {
        transceiver.sender.transform = new RTCRtpScriptTransform(worker, { flow: 99, role: "seals", kind: "video", track: "camera" });
      }, 1);
    }
    watch(transceiver.sender, async () => (await this.a.report()).counts.find(({ flow }) => flow === 99), this.leak);
    return transceiver;
  }

  private harmed(camera: MediaStreamTrack, harm: NonNullable<Wish["harm"]>): RTCRtpTransceiver {
    const transceiver = this.from.addTransceiver(camera, { direction: "sendonly" });
    const worker = new Worker(new URL("./tamper.ts", import.meta.url), { type: "module" });
    const options: Harm = { ...harm, key: Uint8Array.from(harm.key), sender: "a", track: "camera" };
    transceiver.sender.transform = new RTCRtpScriptTransform(worker, options);
    return transceiver;
  }
}

function through(): RTCRtpScriptTransform {
  return new RTCRtpScriptTransform(new Worker(new URL("./through.ts", import.meta.url), { type: "module" }));
}

function fail(error: ErrorEvent): void {
  throw new Error(error.message);
}
