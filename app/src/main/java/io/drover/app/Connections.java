// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.config.DroverConfig;
import io.drover.runtime.config.SettingsException;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.drover.vsphere.VSphereFault;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of the hands with the configured vCenters, found by instance UUID, opened on first
 * use.
 */
final class Connections implements AutoCloseable {
  private final List<DroverConfig.VCenter> configured;
  private final Map<String, VSphere> byName = new HashMap<>();

  Connections(List<DroverConfig.VCenter> configured) {
    this.configured = List.copyOf(configured);
  }

  /** How to reach a configured vCenter. */
  static VSphereEndpoint endpoint(DroverConfig.VCenter vcenter) {
    return new VSphereEndpoint(
        vcenter.url(),
        vcenter.user(),
        () -> vcenter.password().read().toCharArray(),
        trust(vcenter));
  }

  private static Trust trust(DroverConfig.VCenter vcenter) {
    if (vcenter.thumbprint() != null) {
      return Trust.thumbprint(vcenter.thumbprint());
    }
    if (vcenter.ca() == null) {
      return Trust.system();
    }
    try {
      return Trust.authorities(Files.readString(vcenter.ca()));
    } catch (IOException e) {
      throw new SettingsException(
          "vcenters["
              + vcenter.name()
              + "].ca: "
              + vcenter.ca()
              + " cannot be read: see that it exists",
          e);
    }
  }

  /**
   * The session with the vCenter of this instance UUID, null if none is configured. A vCenter that
   * cannot be reached keeps nobody from another.
   *
   * @throws VSphereFault why one cannot be reached, when it may be the one that is looked for
   */
  synchronized @Nullable VSphere find(String instanceUuid) {
    for (VSphere open : byName.values()) {
      if (open.about().instanceUuid().equals(instanceUuid)) {
        return open;
      }
    }
    VSphereFault unreachable = null;
    for (DroverConfig.VCenter vcenter : configured) {
      if (!byName.containsKey(vcenter.name())) {
        try {
          VSphere opened = VSphere.connect(endpoint(vcenter));
          byName.put(vcenter.name(), opened);
          if (opened.about().instanceUuid().equals(instanceUuid)) {
            return opened;
          }
        } catch (VSphereFault fault) {
          unreachable = fault;
        }
      }
    }
    if (unreachable != null) {
      throw unreachable;
    }
    return null;
  }

  /** What the configuration calls the vCenter of this instance UUID, null if none is configured. */
  synchronized @Nullable String name(String instanceUuid) {
    VSphere found = find(instanceUuid);
    for (Map.Entry<String, VSphere> each : byName.entrySet()) {
      if (each.getValue() == found) {
        return each.getKey();
      }
    }
    return null;
  }

  @Override
  public synchronized void close() {
    byName.values().forEach(VSphere::close);
    byName.clear();
  }
}
