const esbuild = require('esbuild');

/** Compiles for Jest with the compiler that the build uses too. */
module.exports = {
  process(source, path) {
    const { code, map } = esbuild.transformSync(source, {
      sourcefile: path,
      sourcemap: 'external',
      loader: path.endsWith('.tsx') ? 'tsx' : path.endsWith('.ts') ? 'ts' : 'jsx',
      format: 'cjs',
      target: 'node20',
      jsx: 'automatic',
    });
    return { code, map };
  },
};
