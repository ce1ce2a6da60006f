/** Assurance levels: reading them from claims that may be text or number, and comparing two. */

/** Authenticator assurance level of a sign-in. */
export type AssuranceLevel = 1 | 2 | 3

/** Identity assurance level: how well the person's identity was proved. */
export type IdentityAssuranceLevel = 0 | 1 | 2 | 3
