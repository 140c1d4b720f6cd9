"""Where alerts are sent: one module for each type of channel."""

from bloop_trio.alerts.channels.registry import ChannelConfig, load_channel, masked, parse_channel, stored, type_of

__all__ = ["ChannelConfig", "load_channel", "masked", "parse_channel", "stored", "type_of"]
