/** The mark: a bubble and a smaller one that has come off it. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" class="logo">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <circle cx="13.5" cy="18.5" r="7" fill="none" stroke="var(--on-accent)" stroke-width="3" />
      <circle cx="23" cy="9" r="3" fill="var(--on-accent)" />
    </svg>
  );
}
