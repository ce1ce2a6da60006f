/** What the package uses of openid-client, types aside. */
export {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  ClientSecretPost,
  clockSkew,
  clockTolerance,
  Configuration,
  customFetch,
} from 'openid-client'
