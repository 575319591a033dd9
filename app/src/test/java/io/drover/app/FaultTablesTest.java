// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.CopyFault;
import io.drover.executor.Trouble;
import io.drover.schemas.Problem;
import io.drover.vsphere.VSphereFault;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * An outage is an outage for both: where the executor waits for a password to be changed, the
 * converter must not give the copies up. The services do not know each other, so this is looked at
 * here.
 */
class FaultTablesTest {
  /** Where they differ, and why. */
  private static final Map<VSphereFault.Kind, String> APART =
      Map.of(
          VSphereFault.Kind.INVALID_STATE,
          "An export that somebody's lease keeps from opening ends, if only by its timeout");

  @Test
  void bothSeeAVCenterTheSameWay() throws Exception {
    var executor = new TreeMap<VSphereFault.Kind, Problem.Kind>();
    var converter = new TreeMap<VSphereFault.Kind, Problem.Kind>();
    for (VSphereFault.Kind kind : VSphereFault.Kind.values()) {
      if (!APART.containsKey(kind)) {
        executor.put(kind, executor("vsphere.VCenterFaults", "trouble", fault(kind)));
        converter.put(kind, converter("vsphere.Faults", "fault", fault(kind)));
      }
    }

    assertThat(converter).isEqualTo(executor);
    for (VSphereFault.Kind outage :
        List.of(
            VSphereFault.Kind.INVALID_LOGIN,
            VSphereFault.Kind.CERTIFICATE,
            VSphereFault.Kind.NOT_AUTHENTICATED,
            VSphereFault.Kind.TIMEOUT)) {
      assertThat(converter).containsEntry(outage, Problem.Kind.UNAVAILABLE);
    }
  }

  @Test
  void whereTheyDifferNobodyGivesUp() throws Exception {
    var kinds = new ArrayList<Problem.Kind>();
    for (VSphereFault.Kind kind : APART.keySet()) {
      kinds.add(executor("vsphere.VCenterFaults", "trouble", fault(kind)));
      kinds.add(converter("vsphere.Faults", "fault", fault(kind)));
    }

    assertThat(kinds).containsOnly(Problem.Kind.TRANSIENT, Problem.Kind.UNAVAILABLE);
  }

  @Test
  void bothSeeAClusterTheSameWay() throws Exception {
    var executor = new TreeMap<Integer, Problem.Kind>();
    var converter = new TreeMap<Integer, Problem.Kind>();
    for (int code : IntStream.concat(IntStream.of(0), IntStream.range(400, 600)).toArray()) {
      var refused =
          new KubernetesClientException(
              "no", code, new StatusBuilder().withCode(code).withMessage("no").build());
      executor.put(code, executor("kubevirt.Api", "trouble", refused));
      converter.put(code, converter("cdi.ClusterFaults", "fault", refused));
    }

    assertThat(converter).isEqualTo(executor);
    assertThat(converter).containsEntry(401, Problem.Kind.UNAVAILABLE);
  }

  private static VSphereFault fault(VSphereFault.Kind kind) throws Exception {
    var make =
        VSphereFault.class.getDeclaredConstructor(
            VSphereFault.Kind.class, String.class, String.class);
    make.setAccessible(true);
    return make.newInstance(kind, "no", "");
  }

  private static Problem.Kind executor(String table, String method, Exception fault)
      throws Exception {
    return ((Trouble) judged("io.drover.executor." + table, method, fault)).problem().kind();
  }

  private static Problem.Kind converter(String table, String method, Exception fault)
      throws Exception {
    return ((CopyFault) judged("io.drover.converter." + table, method, fault)).problem().kind();
  }

  /** The tables are nobody's business but their rooms', so they are not public. */
  private static Object judged(String table, String method, Exception fault) throws Exception {
    var judge = Class.forName(table).getDeclaredMethod(method, String.class, fault.getClass());
    judge.setAccessible(true);
    return judge.invoke(null, "do it", fault);
  }
}
