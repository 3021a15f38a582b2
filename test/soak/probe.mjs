// Loaded into a broker before it starts (node --import): makes its clocks run ahead, and tells its heap to the parent that asks.

const { SOAK_EPOCH, SOAK_SPEED } = process.env;
const [epoch, speed] = [Number(SOAK_EPOCH), Number(SOAK_SPEED)];
const real = Date.now;
Date.now = () => Math.floor(epoch + (real() - epoch) * speed);
const passed = performance.now.bind(performance);
performance.now = () => passed() * speed;

process.on('message', () => {
  globalThis.gc();
  process.send({ heapUsed: process.memoryUsage().heapUsed });
});
// Who listens would not let the process end.
process.channel.unref();
