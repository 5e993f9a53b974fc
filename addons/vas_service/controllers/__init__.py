from . import portal_complaint
from . import portal_device
from . import portal_ticket
from . import screen_pop
from . import portal_contract
