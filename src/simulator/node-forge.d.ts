/** The few parts of node-forge that make a certificate; the package brings no types of its own. */
declare module 'node-forge' {
  interface Certificate {
    publicKey: unknown
    serialNumber: string
    validity: { notBefore: Date; notAfter: Date }
    setSubject(attributes: { name: string; value: string }[]): void
    setIssuer(attributes: { name: string; value: string }[]): void
    setExtensions(extensions: Record<string, unknown>[]): void
    sign(privateKey: unknown, digest: unknown): void
  }

  const forge: {
    readonly pki: {
      createCertificate(): Certificate
      privateKeyFromPem(pem: string): unknown
      publicKeyFromPem(pem: string): unknown
      certificateToPem(certificate: Certificate): string
    }
    readonly md: { readonly sha256: { create(): unknown } }
  }

  export default forge
}
