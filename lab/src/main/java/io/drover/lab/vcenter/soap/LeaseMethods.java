// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabLease;
import io.drover.lab.vcenter.estate.LabSnapshot;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.XmlNode;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Exports: ExportVm, ExportSnapshot and the methods of HttpNfcLease. */
final class LeaseMethods {
  private final Supplier<LabLease.Server> server;

  LeaseMethods(Supplier<LabLease.Server> server) {
    this.server = server;
  }

  void addTo(Methods methods) {
    methods.add(
        "VirtualMachine",
        "ExportVm",
        "VApp.Export",
        List.of(),
        call -> LabLease.ofVm(call.vm(), call.session().key(), server.get(), call.user()).ref());
    methods.add(
        "VirtualMachineSnapshot",
        "ExportSnapshot",
        "VApp.Export",
        List.of(),
        call -> {
          LabSnapshot snapshot = VmMethods.snapshotOf(call);
          return LabLease.ofSnapshot(snapshot, call.session().key(), server.get(), call.user())
              .ref();
        });
    String lease = "HttpNfcLease";
    methods.add(
        lease,
        "HttpNfcLeaseProgress",
        null,
        List.of("percent"),
        call -> {
          lease(call).progress((int) call.request().need("percent").asLong());
          return null;
        });
    methods.add(
        lease,
        "HttpNfcLeaseComplete",
        null,
        List.of(),
        call -> {
          lease(call).complete();
          return null;
        });
    methods.add(
        lease,
        "HttpNfcLeaseAbort",
        null,
        List.of("fault"),
        call -> {
          lease(call).abort(reason(call.request().child("fault")));
          return null;
        });
    methods.add(lease, "HttpNfcLeaseGetManifest", null, List.of(), call -> lease(call).manifest());
    methods.add(
        lease,
        "HttpNfcLeaseSetManifestChecksumType",
        null,
        List.of("deviceUrlsToChecksumTypes"),
        call -> {
          for (XmlNode each : call.request().all("deviceUrlsToChecksumTypes")) {
            lease(call).checksumType(each.need("value").text());
          }
          return null;
        });
  }

  private static @Nullable VimFault reason(@Nullable XmlNode fault) {
    if (fault == null) {
      return null;
    }
    String message = fault.string("localizedMessage");
    return VimFault.of(
        "SystemError", message == null ? "The lease was aborted by its holder." : message);
  }

  private static LabLease lease(Call call) {
    if (!(call.target() instanceof LabLease lease)) {
      throw VimFault.notFound(call.self());
    }
    if (!lease.ofSession(call.session().key())) {
      // an object of another session is none at all for this one
      throw VimFault.notFound(call.self());
    }
    return lease;
  }
}
