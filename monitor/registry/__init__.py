"""What the ministry decides, as data: platforms, policies, clusters, frame and rates."""

from monitor.registry.draft import PACKAGED
from monitor.registry.frame import entry_id, other_urls, page_url, slug, visit_url
from monitor.registry.load import (
    RegistryCheck,
    binding_version,
    check_registry,
    load_registry,
    registry_of_version,
    registry_on,
)
from monitor.registry.policies import (
    applicable,
    asks_who_sells,
    breaches,
    commodities,
    forbids,
    in_force,
    price_in,
    primary,
    question_of,
    same_for_policies,
)
from monitor.registry.values import (
    INDONESIA,
    CategoryDefinition,
    ClusterDefinition,
    Frame,
    HomeCountry,
    InspectionBasis,
    Permission,
    Platform,
    Rate,
    Registry,
    RegistryError,
    Reply,
)
