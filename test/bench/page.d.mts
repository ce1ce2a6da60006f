export function pageWith(old: string, fresh: string, when: string | undefined): string
