/** Native code cannot be bundled: it is found in `node_modules` beside the program. */
export const NATIVE_PACKAGES = ['koffi', '@photostructure/sqlite', 'pg-native']
