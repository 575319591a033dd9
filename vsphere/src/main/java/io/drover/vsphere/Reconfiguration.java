// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reversible changes to a virtual machine's configuration, made in one call.
 *
 * @param nics cards to connect or disconnect
 * @param extraConfig advanced settings to set; an empty value removes the setting
 * @param changeTracking whether to switch changed block tracking on or off
 */
public record Reconfiguration(
    List<NicSetting> nics, Map<String, String> extraConfig, Optional<Boolean> changeTracking) {
  /** Changes nothing. */
  public static final Reconfiguration NONE =
      new Reconfiguration(List.of(), Map.of(), Optional.empty());

  public Reconfiguration {
    nics = List.copyOf(nics);
    extraConfig = Map.copyOf(extraConfig);
  }

  /** Also connects or disconnects this card. */
  public Reconfiguration nic(NicSetting setting) {
    List<NicSetting> all = new ArrayList<>(nics);
    all.add(setting);
    return new Reconfiguration(all, extraConfig, changeTracking);
  }

  /** Also sets this advanced setting; an empty value removes it. */
  public Reconfiguration setting(String key, String value) {
    Map<String, String> all = new LinkedHashMap<>(extraConfig);
    all.put(key, value);
    return new Reconfiguration(nics, all, changeTracking);
  }

  /** Also switches changed block tracking. */
  public Reconfiguration changeTracking(boolean on) {
    return new Reconfiguration(nics, extraConfig, Optional.of(on));
  }
}
