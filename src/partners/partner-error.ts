// Why a partner cannot be added, or a bundle not be taken: one sentence for the operator, with what to do about it.

export class PartnerError extends Error {
  override readonly name = 'PartnerError';
}
