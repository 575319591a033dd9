// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.net.URI;

/** Logs in to a vCenter with what CDI's VDDK importer is given, and out again. */
public final class ImporterLogin {
  private ImporterLogin() {}

  /**
   * @param thumbprint SHA-1 of the only certificate that is trusted
   * @throws io.drover.converter.CopyFault UNAVAILABLE if it is refused or not reached
   */
  public static void attempt(URI url, String thumbprint, String user, String password) {
    var endpoint =
        new VSphereEndpoint(url, user, password::toCharArray, Trust.thumbprint(thumbprint));
    Faults.named(
        "log in as CDI's VDDK importer will",
        () -> {
          VSphere.connect(endpoint).close();
          return url;
        });
  }
}
