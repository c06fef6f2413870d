// What a simulated person's camera shows: a drawn face, or a moving picture like an ultrasound's. Run before the page's
// own scripts, in the place of the camera; there is no microphone.
({ shows, name }) => {
  const WIDTH = 640, HEIGHT = 360, PER_SECOND = 8;
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const pen = canvas.getContext("2d");

  const ellipse = (x, y, across, down, fill) => {
    pen.fillStyle = fill;
    pen.beginPath();
    pen.ellipse(x, y, across, down, 0, 0, 2 * Math.PI);
    pen.fill();
  };
  const curve = (stroke, thick, x0, y0, cx, cy, x1, y1) => {
    Object.assign(pen, { strokeStyle: stroke, lineWidth: thick, lineCap: "round" });
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.quadraticCurveTo(cx, cy, x1, y1);
    pen.stroke();
  };
  const shape = (fill, ...points) => {
    pen.fillStyle = fill;
    pen.beginPath();
    points.forEach(([x, y]) => pen.lineTo(x, y));
    pen.fill();
  };

  const face = (s) => {
    const wall = pen.createLinearGradient(0, 0, WIDTH, HEIGHT);
    wall.addColorStop(0, "#d9e4ea");
    wall.addColorStop(1, "#b3c6cf");
    pen.fillStyle = wall;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    for (let book = 0; book < 14; book += 1) {
      pen.fillStyle = ["#7a93a0", "#5f7c8a", "#a9845f", "#8aa39a"][book % 4];
      const high = 54 + ((book * 37) % 22);
      pen.fillRect(24 + book * 11, 110 - high, 9, high);
    }
    shape("#8d775f", [14, 110], [190, 110], [190, 117], [14, 117]);
    const x = WIDTH / 2 + 7 * Math.sin(s * 0.7), y = 163 + 3 * Math.sin(s * 1.3);
    pen.fillStyle = "#fbfcfd";
    pen.beginPath();
    pen.moveTo(x - 165, HEIGHT);
    pen.bezierCurveTo(x - 155, 258, x - 70, 250, x, 248);
    pen.bezierCurveTo(x + 70, 250, x + 155, 258, x + 165, HEIGHT);
    pen.fill();
    shape("#7fa7b8", [x - 34, 250], [x + 34, 250], [x, 322]);
    curve("#c9d3d8", 3, x - 36, 249, x - 30, 290, x - 4, 330);
    curve("#c9d3d8", 3, x + 36, 249, x + 30, 290, x + 4, 330);
    pen.fillStyle = "#d9a985";
    pen.fillRect(x - 24, y + 62, 48, 46);
    ellipse(x, y - 22, 78, 84, "#23262b");
    ellipse(x, y, 66, 84, "#e8bd9a");
    pen.fillStyle = "#23262b";
    pen.beginPath();
    pen.ellipse(x, y - 46, 68, 44, 0, Math.PI, 0);
    pen.quadraticCurveTo(x + 30, y - 66, x - 6, y - 58);
    pen.quadraticCurveTo(x - 44, y - 52, x - 68, y - 42);
    pen.fill();
    const open = s % 4 < 0.25 ? 1 : 8;
    for (const side of [-1, 1]) {
      ellipse(x + side * 27, y - 8, 12, open, "#ffffff");
      ellipse(x + side * 27 + 2 * Math.sin(s * 0.5), y - 8, 5, Math.min(open, 5.5), "#2a211c");
      curve("#2b2622", 4, x + side * 14, y - 29, x + side * 27, y - 35, x + side * 41, y - 28);
      Object.assign(pen, { strokeStyle: "#4a5560", lineWidth: 2.5 });
      pen.strokeRect(x + side * 27 - 19, y - 22, 38, 28);
    }
    curve("#4a5560", 2.5, x - 8, y - 12, x, y - 15, x + 8, y - 12);
    curve("#c79a78", 3, x, y + 2, x + 8, y + 22, x - 4, y + 24);
    const speaks = s % 9 < 6 ? Math.abs(Math.sin(s * 5)) * 8 : 0;
    ellipse(x, y + 46, 20, 2.5 + speaks, "#a4574f");
  };

  // Speckle: grains of a fixed sequence, laid out along the beams once, shown a little elsewhere in each picture
  const grains = () => {
    const cloth = Object.assign(document.createElement("canvas"), { width: WIDTH + 32, height: HEIGHT + 32 });
    const of = cloth.getContext("2d");
    let last = 7;
    const next = () => (last = (last * 16807) % 2147483647) / 2147483647;
    for (let grain = 0; grain < 16000; grain += 1) {
      const light = Math.floor(40 + 150 * next() * next());
      of.fillStyle = `rgba(${light}, ${light}, ${light + 6}, 0.55)`;
      of.fillRect(next() * cloth.width, next() * cloth.height, 1 + 4 * next(), 1 + next());
    }
    return cloth;
  };
  const speckle = shows === "ultrasound" ? grains() : null;
  const ultrasound = (s) => {
    pen.fillStyle = "#05070a";
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    const [x, top, deep, wide] = [WIDTH / 2, 58, 286, 0.66];
    pen.save();
    pen.beginPath();
    pen.arc(x, top - 6, 26, Math.PI / 2 + wide, Math.PI / 2 - wide, true);
    pen.arc(x, top - 6, deep, Math.PI / 2 - wide, Math.PI / 2 + wide);
    pen.clip();
    const tissue = pen.createRadialGradient(x, top, 20, x, top, deep);
    tissue.addColorStop(0, "#6b6f74");
    tissue.addColorStop(0.35, "#35383d");
    tissue.addColorStop(1, "#0c0d10");
    pen.fillStyle = tissue;
    pen.fillRect(0, 0, WIDTH, HEIGHT);
    const beat = Math.max(0, Math.sin(s * 2 * Math.PI * 1.2)) ** 2; // 72 a minute
    const fluid = 12 - 3 * beat;
    ellipse(x + 6, 204, 104 + fluid - 8 * beat, 78 + fluid - 6 * beat, "#08090b"); // what lies about the heart
    ellipse(x + 6, 204, 100 - 10 * beat, 74 - 9 * beat, "#8d9196");
    ellipse(x - 22, 194, 46 - 13 * beat, 48 - 14 * beat, "#0a0b0d");
    ellipse(x + 50, 198, 30 - 6 * beat, 38 - 8 * beat, "#0c0d0f");
    ellipse(x + 2, 248, 34 + 5 * beat, 19 + 4 * beat, "#0b0c0e");
    const leaf = 14 * Math.sin(s * 2 * Math.PI * 1.2 + 1);
    curve("#c9cdd1", 3, x - 52, 232, x - 34, 222 + leaf, x - 16, 228);
    curve("#c9cdd1", 3, x + 20, 230, x + 2, 222 - leaf, x - 10, 228);
    pen.globalCompositeOperation = "lighter";
    pen.drawImage(speckle, -16 + 8 * Math.sin(s * 9), -16 + 8 * Math.cos(s * 7));
    pen.restore();
    pen.fillStyle = "#c8ced4";
    for (let mark = 0; mark <= 16; mark += 1) pen.fillRect(x + 152 - (mark % 5 ? 0 : 6), 44 + mark * 18, mark % 5 ? 5 : 11, 1.5);
    pen.font = "15px sans-serif";
    ["FR 8 Hz", "16 cm", "HR 72"].forEach((word, line) => pen.fillText(word, x - 154, 66 + line * 21));
  };

  // In the middle of the top: a tile shows what is in the middle, and has its own words at its foot
  const caption = (now) => {
    const clock = now.toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
    pen.fillStyle = "rgba(8, 20, 28, 0.72)";
    pen.fillRect(WIDTH / 2 - 145, 22, 290, 27);
    Object.assign(pen, { fillStyle: "#ffffff", font: "16px sans-serif", textAlign: "center" });
    pen.fillText(`${name} · 模拟 simulated · ${clock}`, WIDTH / 2, 41);
    pen.textAlign = "left";
  };

  const draw = () => {
    const now = new Date();
    (shows === "face" ? face : ultrasound)(now.getTime() / 1000 % 100000);
    caption(now);
  };
  draw();
  setInterval(draw, 1000 / PER_SECOND);
  navigator.mediaDevices.getUserMedia = async ({ video }) => {
    if (!video) throw new DOMException("no microphone", "NotFoundError");
    return canvas.captureStream(PER_SECOND);
  };
}
