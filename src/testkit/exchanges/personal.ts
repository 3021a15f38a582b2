// What in claims tells who somebody is: by the name of the claim, or because it is an address.

/** OpenID Connect Core §5.1; `username` of RFC 7662 §2.2, and what makes of issuer call the same. `sub` stays, or no story could be followed. */
const personal: ReadonlySet<string> = new Set([
  ...['name', 'given_name', 'family_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'email', 'gender', 'birthdate', 'phone_number', 'address'],
  ...['username', 'upn', 'unique_name', 'emails', 'login_hint'],
]);

/** What a claim of this name tells of a person; undefined: nothing. */
export const toldBy = (claim: string): string | undefined =>
  personal.has(claim) ? claim.replaceAll('_', '-') : undefined;

/** Whether a text is one e-mail address, whatever the claim is called: some issuers have it as `sub`. */
export const isAddress = (text: string): boolean => /^[^\s@/]+@[^\s@/]+\.[^\s@/]+$/.test(text);
