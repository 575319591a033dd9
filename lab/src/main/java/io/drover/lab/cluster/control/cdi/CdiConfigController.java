// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.World;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes the upload proxy's address and authority into the CDIConfig, where clients look for them.
 */
final class CdiConfigController implements Controller {

  private final Kube kube;
  private final World world;
  private final String url;
  private final String authority;

  CdiConfigController(Kube kube, World world, String url, String authority) {
    this.kube = kube;
    this.world = world;
    this.url = url;
    this.authority = authority;
  }

  @Override
  public String name() {
    return "cdiconfig";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.CDI_CONFIG);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return List.of(changed.key());
  }

  @Override
  public Duration reconcile(Key key) {
    Optional<Doc> config = world.get(Kind.CDI_CONFIG, key);
    if (config.isPresent() && !config.get().text("/status/uploadProxyURL").equals(url)) {
      Doc copy = config.get().copy();
      copy.status().put("uploadProxyURL", url).put("uploadProxyCA", authority);
      var _ = world.wrote(Kind.CDI_CONFIG, kube.replaceStatus(Kind.CDI_CONFIG, copy));
    }
    return Duration.ZERO;
  }
}
