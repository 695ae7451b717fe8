declare module 'amd-module' {
  /** The AMD loader's record of the module that is being defined. */
  const module: { uri?: string } | undefined;
  export default module;
}
