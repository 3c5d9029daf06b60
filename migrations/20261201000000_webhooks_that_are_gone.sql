-- A receiver that answers 410 Gone wants no more (Standard Webhooks): whoever posts switches its webhook off.

GRANT UPDATE (is_active) ON webhook TO provdir_feed;
