"""The settings: built-in defaults, then the TOML file, then ``BLOOP__SECTION__KEY`` from the environment."""

from bloop_trio.config.load import DirectSettings, Loaded, load_config
from bloop_trio.config.sections import Config

__all__ = ["Config", "DirectSettings", "Loaded", "load_config"]
