/** The version of the package: what wrote a run. A test holds it against package.json. */
export const VERSION = '0.1.0';
