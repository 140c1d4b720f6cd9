/** Our icons: strokes on a grid of 16, in the colour of the text. They go with words, and say nothing by themselves. */
const PATHS = {
  alert: "M8 2.2 14.6 13.6H1.4L8 2.2ZM8 6.4v3.2M8 11.6v.1",
  back: "M9.8 3.2 5 8l4.8 4.8",
  check: "M3 8.4 6.4 11.8 13 4.6",
  chevron: "M4 6l4 4 4-4",
  clock: "M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8ZM8 4.6V8l2.4 1.6",
  close: "M4 4l8 8M12 4l-8 8",
  copy: "M5.6 5.6V3.4a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-2.2M3.4 5.6h6a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1Z",
  doc: "M4 1.8h5.2L12.4 5v9.2H4V1.8ZM6.4 7.6h3.6M6.4 10.4h3.6",
  dots: "M3.4 8h.1M8 8h.1M12.6 8h.1",
  eye: "M1.6 8C3 5.4 5.200 4 8 4s5 1.400 6.400 4C13 10.600 10.800 12 8 12S3 10.600 1.600 8ZM8 6.200a1.800 1.800 0 1 1 0 3.600A1.800 1.800 0 0 1 8 6.200Z",
  folder: "M1.8 4.2a1 1 0 0 1 1-1h3.4l1.6 1.8h5.4a1 1 0 0 1 1 1v6a1 1 0 0 1-1 1H2.8a1 1 0 0 1-1-1v-7.8Z",
  gear: "M8 5.8a2.2 2.2 0 1 1 0 4.4A2.2 2.2 0 0 1 8 5.8ZM8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4",
  issues:
    "M8 4.4a3.2 3.2 0 0 1 3.2 3.2v2.6a3.2 3.2 0 0 1-6.4 0V7.6A3.2 3.2 0 0 1 8 4.4ZM8 7.6v5.6M4.8 8.6H1.8M14.2 8.6h-3M4.9 6.2 2.6 4.2M11.1 6.2l2.3-2M5.1 11.4l-2.3 2M10.9 11.4l2.3 2M6.2 4.5V3.6a1.8 1.8 0 0 1 3.6 0v.9",
  key: "M10.8 2.2a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8.7 7.3 2.6 13.4M4.4 11.6l1.8 1.8",
  keyboard: "M1.6 4.2h12.8v7.6H1.6V4.2ZM4 6.6h.1M6.6 6.6h.1M9.2 6.6h.1M11.9 6.6h.1M4.6 9.4h6.8",
  laptop: "M3 3.2h10v7.2H3V3.2ZM1.4 12.8h13.2",
  link: "M6.6 9.4 9.4 6.6M7.2 4.6l1.6-1.6a3 3 0 0 1 4.2 4.2l-1.6 1.6M8.8 11.4 7.2 13a3 3 0 0 1-4.2-4.2l1.6-1.6",
  moon: "M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z",
  mute: "M2.4 6.2h2.4L8.2 3.2v9.6L4.8 9.8H2.4V6.2ZM11 6.4l3.2 3.2M14.2 6.4 11 9.6",
  out: "M6.4 2.4H3.2v11.2h3.2M10 4.8 13.2 8 10 11.2M13.2 8H6.4",
  plus: "M8 3v10M3 8h10",
  pulse: "M1.4 8.4h3l2-5 3.2 9.4 2-4.4h3",
  refresh: "M13.2 8a5.2 5.2 0 1 1-1.6-3.75M13.4 2v2.8h-2.8",
  search: "M7 2.4a4.6 4.6 0 1 1 0 9.2 4.6 4.6 0 0 1 0-9.2ZM10.4 10.4l3.4 3.4",
  sun: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1.4v1.4M8 13.2v1.4M1.4 8h1.4M13.2 8h1.4M3.3 3.3l1 1M11.7 11.7l1 1M12.7 3.3l-1 1M4.3 11.7l-1 1",
  trash: "M2.6 4.2h10.8M6 4.2V2.4h4v1.8M3.8 4.2l.6 9.4h7.2l.6-9.4M6.7 6.8v4.2M9.3 6.8v4.2",
  user: "M8 2.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM2.6 13.8a5.4 5.4 0 0 1 10.8 0",
  users:
    "M6 2.8a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5ZM1.4 13.4a4.6 4.6 0 0 1 9.2 0M10.6 3a2.5 2.5 0 0 1 0 4.7M12.2 9.6a4.6 4.6 0 0 1 2.4 3.8",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width={name === "dots" ? 2 : 1.4}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
