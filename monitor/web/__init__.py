"""One application for people: personal links with roles, and a room for each role."""

from monitor.web.application import create_app, serve
from monitor.web.invitations import ADDRESS, WebError, invite, revoke
from monitor.web.site import Room, Site
