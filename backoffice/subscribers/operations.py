"""What staff do with subscribers: nothing but forget them, for nobody subscribes another."""

from __future__ import annotations

from backoffice.foundation.deleting import deletion_of
from backoffice.subscribers.models import Subscriber

delete = deletion_of(Subscriber)
