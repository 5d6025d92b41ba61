/* Reading QR codes with the camera: the browser's own reader where there is one, jsQR (vendored) elsewhere. Drawing them: lean-qr (vendored). */

import { correction, generate } from "/static/vendor/lean-qr/index.mjs";
import { h } from "./dom.js";

const EVERY = 150; // ms between two looks
let decoder = null;

/* Shows the camera in `video` and calls `found` with each text that it reads, once while it is held there. Gives a function that ends it.
   Throws when there is no camera or nobody allows it. */
export async function watch(video, found) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 } }, audio: false });
  const read = await reader();
  video.srcObject = stream;
  await video.play();
  let last = "";
  let ended = false;
  const look = async () => {
    if (ended) return;
    const text = await read(video).catch(() => "");
    if (text && text !== last && !ended) found(text);
    last = text || last;
    setTimeout(look, EVERY);
  };
  void look();
  return () => {
    ended = true;
    for (const track of stream.getTracks()) track.stop();
  };
}

async function reader() {
  if (decoder) return decoder;
  if ("BarcodeDetector" in globalThis && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    decoder = async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
    return decoder;
  }
  await script("/static/vendor/jsqr/jsQR.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  decoder = async (video) => {
    if (!video.videoWidth) return "";
    const scale = Math.min(1, 800 / video.videoWidth);
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data } = pen.getImageData(0, 0, canvas.width, canvas.height);
    return globalThis.jsQR(data, canvas.width, canvas.height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
  return decoder;
}

function script(src) {
  return new Promise((resolve, reject) => {
    document.head.append(h("script", { src, onload: resolve, onerror: () => reject(new Error("no reader")) }));
  });
}

/* A code as a canvas that is black on white on any screen and on paper. */
export function drawn(text, label) {
  const canvas = h("canvas.qr", { role: "img", "aria-label": label });
  generate(text, { minCorrectionLevel: correction.M }).toCanvas(canvas, { on: [0, 0, 0, 255], off: [255, 255, 255, 255], padX: 4, padY: 4 });
  return canvas;
}
