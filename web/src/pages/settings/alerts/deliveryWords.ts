/** What became of a delivery, in words. Pure. */

import type { AlertDelivery, DeliveryState } from "../../../api/types";
import { count } from "../../../format";

export const STATES: readonly { value: DeliveryState; label: string }[] = [
  { value: "pending", label: "On its way" },
  { value: "sent", label: "Sent" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
];

/** Return what can be done about a fault of a channel; null where nothing is to be said beside the fault itself. */
export function remedy(fault: string | null): string | null {
  if (fault === null) return null;
  return REMEDIES.find(([pattern]) => pattern.test(fault))?.[1] ?? null;
}

const REMEDIES: readonly [RegExp, string][] = [
  [/answered (404|410)/, "The webhook was removed on the other side: make a new one there."],
  [/answered (401|403)/, "The receiver wants a token or a header that this channel does not have."],
  [/answered 400/, "The receiver does not like the body: mostly that is the template."],
  [/answered 3\d\d/, "Use the address that it leads to."],
  [/not public/, "Where receivers stand in your own network, set alerting.allow_private_webhooks."],
  [/smtp\.enabled/, "Mail is off in the configuration of the server: see [smtp]."],
  [/cannot connect|no answer within/, "The receiver is down, or a firewall is in between."],
  [/certificate/, "Nobody whom the server trusts vouches for the certificate; SSL_CERT_FILE names others to trust."],
  [/mail server answered 535/, "The user or the password of the mail server is wrong."],
];

/** Return how often something was tried, and in which company it went out. */
export function attemptsWords({ attempts, digest_size }: Pick<AlertDelivery, "attempts" | "digest_size">): string {
  const tried = attempts === 0 ? "not tried yet" : attempts === 1 ? "tried once" : `tried ${attempts} times`;
  return digest_size === null ? tried : `${tried}, with ${count(digest_size - 1, "other alert")} in one message`;
}

/** Return the states of an alert's deliveries: "2 sent, 1 failed"; what is worst comes last. */
export function statesWords(deliveries: Readonly<Record<string, number>>): string {
  const words = STATES.flatMap(({ value, label }) =>
    deliveries[value] ? [`${deliveries[value]} ${label.toLowerCase()}`] : [],
  );
  return words.join(", ") || "sent nowhere";
}
