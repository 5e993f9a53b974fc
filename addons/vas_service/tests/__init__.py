from . import test_tools_odometer
from . import test_sla_calendar
from . import test_sla_ticket
