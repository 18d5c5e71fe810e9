// Loaded before a function's worker: its clock is wrong by as many seconds as a rule says.
const step = Number(process.env.SANDBOX_CLOCK_SECONDS) * 1000;
delete process.env.SANDBOX_CLOCK_SECONDS;
const real = Date;
const now = () => real.now() + step;

globalThis.Date = new Proxy(real, {
  construct: (target, given, created) => Reflect.construct(target, given.length > 0 ? given : [now()], created),
  apply: () => new real(now()).toString(),
  get: (target, name, receiver) => (name === 'now' ? now : Reflect.get(target, name, receiver)),
});
