"""The policies of the house, set by people at `/admin/setting/`."""
