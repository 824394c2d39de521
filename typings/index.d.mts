// For ECMAScript modules, by whose rules a file that ends in .d.ts is CommonJS.
export type * from "./index.js";
