const { BoundHandle } = process.getBuiltinModule('node:net') as unknown as { BoundHandle: new () => { close: () => void } };
const kind: string = typeof BoundHandle;
console.log(kind);
