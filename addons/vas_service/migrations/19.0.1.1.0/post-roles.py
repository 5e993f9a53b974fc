def migrate(cr, version):
    """Roles learn who stands in when a document leads to nobody.

    The shipped ones get what new databases get, unless an administrator was faster.
    """
    cr.execute(
        """
        UPDATE vas_sla_role AS role
           SET fallback_id = stand_in.res_id
          FROM ir_model_data AS own, ir_model_data AS stand_in
         WHERE own.module = 'vas_service' AND own.model = 'vas.sla.role'
           AND own.res_id = role.id AND role.fallback_id IS NULL
           AND stand_in.module = 'vas_service' AND stand_in.model = 'vas.sla.role'
           AND (own.name, stand_in.name) IN (
               ('sla_role_assignee', 'sla_role_supervisor'),
               ('sla_role_supervisor', 'sla_role_general_manager'))
        """
    )
