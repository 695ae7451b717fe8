import amdModule from 'amd-module';

// webpack replaces this name with its own setting.
declare let __webpack_public_path__: string;

if (amdModule?.uri) {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars
  __webpack_public_path__ = amdModule.uri.slice(0, amdModule.uri.lastIndexOf('/') + 1);
}
