// Every entry of docs/glossary.md, with the ways in which prose and code spans say it.

/** A word of its own: no part of a name, or of a word with a hyphen; in italics it is one. */
function word(pattern, flags = 'i') {
  return new RegExp(String.raw`(?<![A-Za-z\d-]|[A-Za-z\d]_)(?:${pattern})(?![A-Za-z\d-]|_[A-Za-z\d])`, flags)
}

/** Acronyms and names, as they are written. */
function name(pattern) {
  return word(pattern, '')
}

/** Sorted as the glossary is. Where only one of `prose` and `code` is there, the other means something else. */
export const TERMS = [
  { anchor: 'aal', prose: word(String.raw`AAL[123]?|(?<!identity\s)(?:authenticator\s)?assurance\slevels?`) },
  { anchor: 'acr', prose: name('ACR'), code: /`acr(?:_values)?`/ },
  { anchor: 'activity', prose: word('activity|activities') },
  { anchor: 'am', prose: name('AM') },
  { anchor: 'amr', prose: name('AMR'), code: /`amr`/ },
  { anchor: 'assertion', prose: word(String.raw`(?:client\s)?assertions?`) },
  { anchor: 'back-channel-logout', prose: word(String.raw`back-channel(?:\slogouts?)?|logout\stokens?`) },
  { anchor: 'client-id', prose: word(String.raw`client\sIDs?`) },
  { anchor: 'cis2', prose: name(String.raw`(?:NHS\s)?CIS2(?:\sAuthentication)?`) },
  // A code alone is an error's, a role's, or what you write.
  { anchor: 'code', prose: word(String.raw`authori[sz]ation\scodes?|code\s(?:flow|exchange)`) },
  { anchor: 'connection-manager', prose: word(String.raw`Connection\sManager`) },
  { anchor: 'discovery-document', prose: word(String.raw`discovery(?:\sdocuments?)?`) },
  { anchor: 'eps', prose: name('EPS') },
  { anchor: 'e-rs', prose: name(String.raw`e-RS|(?:NHS\s)?e-Referral(?:\sService)?`) },
  { anchor: 'hscn', prose: name('HSCN') },
  { anchor: 'id-token', prose: name(String.raw`ID\stokens?`) },
  { anchor: 'identity-agent', prose: name(String.raw`Identity\sAgent`) },
  { anchor: 'identity-assurance-level', prose: word(String.raw`identity\sassurance(?:\slevels?)?`) },
  { anchor: 'issuer', prose: word('issuers?') },
  { anchor: 'jwks', prose: name('JWKS') },
  // Not within what CIS2 or the API platform says: it is looked for as a whole.
  { anchor: 'jwt', prose: name(String.raw`(?<!Private\sKey\s|Malformed\s)JWTs?(?!\sis\snot)`) },
  { anchor: 'kid', prose: word('kid'), code: /`kid`/ },
  { anchor: 'kms-and-hsm', prose: name('KMS|HSM') },
  { anchor: 'nonce', prose: word('nonces?'), code: /`nonce`/ },
  { anchor: 'nhs-api-platform', prose: word(String.raw`(?:NHS\s)?API\splatform`) },
  { anchor: 'ods', prose: name('ODS') },
  { anchor: 'openid-connect', prose: name(String.raw`OpenID\sConnect|OIDC`) },
  { anchor: 'pds', prose: name('PDS') },
  { anchor: 'pkce', prose: name('PKCE') },
  { anchor: 'private_key_jwt', prose: word(String.raw`private\skey\sJWT`), code: /`private_key_jwt`/ },
  { anchor: 'rbac', prose: name('RBAC') },
  { anchor: 'registration-authority', prose: word(String.raw`Registration\sAuthorit(?:y|ies)`) },
  { anchor: 'role-code', prose: word(String.raw`role\scodes?`), code: /`S\d{4}:G\d{4}:R\d{4}`/ },
  { anchor: 'selected-role', prose: word(String.raw`selected\sroles?`) },
  { anchor: 'session', prose: word('sessions?') },
  { anchor: 'sid', prose: word('sid'), code: /`sid`/ },
  { anchor: 'smartcard-connect', prose: name(String.raw`Smartcard\sConnect`) },
  // Without code it is any state.
  { anchor: 'state', code: /`state`/ },
  { anchor: 'step-up', prose: word(String.raw`step(?:s|ping)?[-\s]ups?`) },
  { anchor: 'sub', code: /`sub`/ },
  { anchor: 'userinfo', prose: word('UserInfo') },
  { anchor: 'urid', prose: name('URID') },
  { anchor: 'workgroup', prose: word('workgroups?') },
]
