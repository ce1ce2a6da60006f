/**
 * A part of a JSON Web Token, in a text that should hold none. `eyJ` alone is what random names in base64url have now and
 * then; these are never as long.
 */
export const TOKEN_IN_TEXT = /eyJ[\w-]{60}/
