from . import (
    test_codelivery_plan,
    test_tools_allocation,
    test_tools_planning,
)
