package io.evenkeel.ops.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlowDiskTest {
    @Test
    void aDeviceIsNamedAsTheKernelDoes() {
        assertThat(SlowDisk.device(0x700)).isEqualTo("7:0");
        assertThat(SlowDisk.device(0x1007_03L)).isEqualTo("7:259");
        assertThat(SlowDisk.device(0x1000_0000_0501L)).isEqualTo("4101:1");
    }
}
