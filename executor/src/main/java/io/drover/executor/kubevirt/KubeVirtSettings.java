// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import java.net.URI;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How the target cluster is used.
 *
 * @param conversionImage image with virt-v2v-in-place and, for Windows, the virtio-win drivers, for
 *     guest conversion Jobs, as the user provides it; null = guests that need a conversion are
 *     refused in the preflight
 * @param metrics URL of a Prometheus text page with KubeVirt's write counters, or null: then what a
 *     rollback would lose is UNKNOWN
 * @param reach how TCP probes reach a guest
 */
public record KubeVirtSettings(
    @Nullable String conversionImage, @Nullable Metrics metrics, Reach reach) {

  /**
   * Where KubeVirt's write counters are read.
   *
   * @param ca PEM, null = the JDK's trust store
   * @param token the bearer token as it is now, asked for with every reading; null = none is sent
   */
  public record Metrics(URI url, @Nullable String ca, @Nullable Supplier<String> token) {
    @Override
    public String toString() {
      return "Metrics[" + url + "]";
    }
  }

  /** No conversion, no write counters, probes by plain TCP. */
  public static final KubeVirtSettings PLAIN = new KubeVirtSettings(null, null, Reach.direct());
}
