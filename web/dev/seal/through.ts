/** A worker that does nothing to a frame: what the way through a worker costs by itself. */
export interface Through {
  readable: ReadableStream;
  writable: WritableStream;
}

(self as unknown as { onrtctransform: (event: { transformer: Through }) => void }).onrtctransform = ({ transformer }) => {
  void transformer.readable.pipeTo(transformer.writable);
};
