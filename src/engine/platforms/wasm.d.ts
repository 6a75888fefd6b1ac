/** A .wasm file as a module, where the runtime's own tools give it so. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}

declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}

/** The same file as deflated bytes in base64, put there by the build. */
declare module '*.wasm?deflated' {
  const text: string;
  export default text;
}
