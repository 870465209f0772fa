// One recording from the microphone: starts, tells how loud it is, and ends by itself when the shopper has finished.

const LONGEST_MILLISECONDS = 15000;
const QUIET_AFTER_SPEECH_MILLISECONDS = 1300;
const SPEECH_LEVEL = 0.035;
const KINDS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];

/** Whether this browser can record at all (it needs a safe address: https or localhost). */
export const canRecord = () => Boolean(navigator.mediaDevices?.getUserMedia && window.MediaRecorder);

function meter(stream, onLevel) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length));
  }, 60);
  return () => {
    clearInterval(timer);
    context.close();
  };
}

/** Records until `stop` is called, the shopper falls silent or fifteen seconds are over.
 * @param onLevel called with the loudness, 0 to 1, while it records
 * @returns {Promise<{stop: () => void, cancel: () => void, recording: Promise<Blob|null>}>} null after cancel */
export async function record(onLevel) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true, echoCancellation: true, autoGainControl: true } });
  const kind = KINDS.find((each) => MediaRecorder.isTypeSupported(each));
  const recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
  const parts = [];
  let cancelled = false;
  let spokenAt = 0;
  const stop = () => recorder.state !== "inactive" && recorder.stop();
  const stopMeter = meter(stream, (level) => {
    const now = performance.now();
    if (level > SPEECH_LEVEL) spokenAt = now;
    if (spokenAt && now - spokenAt > QUIET_AFTER_SPEECH_MILLISECONDS) stop();
    onLevel(Math.min(1, level * 6));
  });
  const timer = setTimeout(stop, LONGEST_MILLISECONDS);
  const recording = new Promise((resolve) => {
    recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
    recorder.addEventListener("stop", () => {
      clearTimeout(timer);
      stopMeter();
      stream.getTracks().forEach((track) => track.stop());
      resolve(cancelled ? null : new Blob(parts, { type: recorder.mimeType }));
    });
  });
  recorder.start();
  return {
    stop,
    cancel: () => {
      cancelled = true;
      stop();
    },
    recording,
  };
}
