// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.XmlNode;
import org.jspecify.annotations.Nullable;

/** One method called on one object by one session. */
record Call(XmlNode request, Moref self, @Nullable Session openSession, String client) {
  String method() {
    return request.name();
  }

  /** The session; a call that needs one without it faults with NotAuthenticated. */
  Session session() {
    if (openSession == null) {
      throw VimFault.of("NotAuthenticated", "The session is not authenticated.");
    }
    return openSession;
  }

  String user() {
    return session().user().name();
  }

  /** The object that the method is called on. */
  Managed target() {
    Managed target = session().find(self);
    if (target == null) {
      throw VimFault.notFound(self);
    }
    return target;
  }

  LabVm vm() {
    if (target() instanceof LabVm vm) {
      return vm;
    }
    throw VimFault.notSupported(method() + " needs a virtual machine, but got " + self + ".");
  }

  /** Faults with NoPermission unless the user may do it. */
  void need(String privilege, Moref entity) {
    if (!session().user().may(privilege)) {
      throw new VimFault(
          io.drover.lab.vcenter.vim.VimObject.sub("NoPermission")
              .with("object", entity)
              .with("privilegeId", privilege),
          "Permission to perform this operation was denied.");
    }
  }
}
