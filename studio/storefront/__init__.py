"""The storefront: a static page of small ES modules that speaks to the public API, as any shop's own page would."""

from studio.storefront.serving import mount

__all__ = ["mount"]
